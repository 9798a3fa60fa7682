// Made from the definitions by `python -m service packs build`; changes belong there.

export const locators: string[] = [
	'aspect_ratio',
	'generation_id',
	'generator',
	'id',
	'model',
	'model_id',
	'slug',
	'style_id',
	'team_id',
	'user_id',
	'voice',
];
// Made from the definitions by `python -m service packs build`; changes belong there.

export const mappers: string[] = ['parameters'];
