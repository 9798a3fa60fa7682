"""Flokan's thumbnail generator. Source: flokan-thumbnail-generator-api."""
