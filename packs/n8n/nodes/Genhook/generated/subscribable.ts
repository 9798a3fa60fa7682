// Made from the definitions by `python -m service packs build`; changes belong there.
import type { INodePropertyOptions } from 'n8n-workflow';

export const subscribable: INodePropertyOptions[] = [
	{ name: 'Flixly AI: Complete a Chat', value: 'flixly.chat.complete' },
	{ name: 'Flixly AI: Generate Media', value: 'flixly.media.generate' },
	{ name: 'Flixly AI: Get Credits', value: 'flixly.credits.get' },
	{ name: 'Flixly AI: Get a Task', value: 'flixly.media.get' },
	{ name: 'Flixly AI: List Models', value: 'flixly.models.list' },
	{
		name: 'Flokan Thumbnail Generator: Delete a Generation',
		value: 'flokan.generations.delete',
	},
	{
		name: 'Flokan Thumbnail Generator: Generate Thumbnails',
		value: 'flokan.thumbnails.generate',
	},
	{
		name: 'Flokan Thumbnail Generator: Get a Generation',
		value: 'flokan.generations.get',
	},
	{
		name: 'Flokan Thumbnail Generator: List Generations',
		value: 'flokan.generations.list',
	},
	{
		name: 'Flokan Thumbnail Generator: List Styles',
		value: 'flokan.styles.list',
	},
	{
		name: 'Flokan Thumbnail Generator: Search YouTube',
		value: 'flokan.youtube.search',
	},
	{ name: 'Generor: Add a Comment', value: 'generor.comments.create' },
	{ name: 'Generor: Add a Team Member', value: 'generor.teams.add_member' },
	{
		name: 'Generor: Browse Public Creations',
		value: 'generor.creations.public',
	},
	{
		name: "Generor: Browse a Generator's Creations",
		value: 'generor.generators.creations',
	},
	{
		name: "Generor: Browse a Team's Creations",
		value: 'generor.teams.creations',
	},
	{
		name: "Generor: Browse a User's Creations",
		value: 'generor.users.creations',
	},
	{
		name: 'Generor: Check if You Follow a User',
		value: 'generor.users.is_following',
	},
	{ name: 'Generor: Create a Team', value: 'generor.teams.create' },
	{ name: 'Generor: Create an API Key', value: 'generor.api_keys.create' },
	{ name: 'Generor: Delete a Comment', value: 'generor.comments.delete' },
	{ name: 'Generor: Delete a Creation', value: 'generor.creations.delete' },
	{ name: 'Generor: Estimate', value: 'generor.generators.estimate' },
	{ name: 'Generor: Follow a User', value: 'generor.users.follow' },
	{ name: 'Generor: Generate', value: 'generor.generators.generate' },
	{
		name: 'Generor: Get Your Credit Balance',
		value: 'generor.credits.balance',
	},
	{ name: 'Generor: Get Your Feed', value: 'generor.feed.list' },
	{ name: 'Generor: Get Your Profile', value: 'generor.users.me' },
	{ name: 'Generor: Get a Creation', value: 'generor.creations.get' },
	{
		name: "Generor: Get a Creation's Status",
		value: 'generor.creations.status',
	},
	{ name: 'Generor: Get a Generator', value: 'generor.generators.get' },
	{ name: 'Generor: Get a Model', value: 'generor.models.get' },
	{ name: 'Generor: Get a Rating', value: 'generor.ratings.get' },
	{ name: 'Generor: Get a Team', value: 'generor.teams.get' },
	{ name: 'Generor: Get a User', value: 'generor.users.get' },
	{ name: 'Generor: Join a Team', value: 'generor.teams.join' },
	{ name: 'Generor: Leave a Team', value: 'generor.teams.leave' },
	{ name: 'Generor: List Comments', value: 'generor.comments.list' },
	{
		name: 'Generor: List Credit Transactions',
		value: 'generor.credits.transactions',
	},
	{ name: 'Generor: List Generators', value: 'generor.generators.list' },
	{ name: 'Generor: List Models', value: 'generor.models.list' },
	{ name: 'Generor: List Models of a Type', value: 'generor.models.by_type' },
	{
		name: 'Generor: List Whom a User Follows',
		value: 'generor.users.following',
	},
	{ name: 'Generor: List Your API Keys', value: 'generor.api_keys.list' },
	{ name: 'Generor: List Your Creations', value: 'generor.creations.list' },
	{ name: 'Generor: List Your Teams', value: 'generor.teams.list' },
	{
		name: "Generor: List a User's Followers",
		value: 'generor.users.followers',
	},
	{ name: 'Generor: Rate a Creation', value: 'generor.ratings.rate' },
	{
		name: "Generor: Regenerate a Team's Invite Code",
		value: 'generor.teams.invite',
	},
	{
		name: 'Generor: Remove a Team Member',
		value: 'generor.teams.remove_member',
	},
	{ name: 'Generor: Revoke an API Key', value: 'generor.api_keys.revoke' },
	{ name: 'Generor: Search Creations', value: 'generor.creations.search' },
	{ name: 'Generor: Unfollow a User', value: 'generor.users.unfollow' },
	{ name: 'Generor: Update Your Profile', value: 'generor.users.update' },
	{ name: 'Generor: Update a Creation', value: 'generor.creations.update' },
	{ name: 'Generor: Vote on a Comment', value: 'generor.comments.vote' },
];
