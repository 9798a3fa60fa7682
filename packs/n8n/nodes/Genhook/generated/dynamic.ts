// Made from the definitions by `python -m service packs build`; changes belong there.

export const locators: string[] = ['generation_id', 'generator', 'id', 'model', 'model_id', 'slug', 'user_id'];
// Made from the definitions by `python -m service packs build`; changes belong there.

export const mappers: string[] = ['parameters'];
