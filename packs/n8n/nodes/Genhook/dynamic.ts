import type {
	FieldType,
	IDataObject,
	ILoadOptionsFunctions,
	INodeListSearchResult,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import { actions } from './generated/actions';
import { locators, mappers } from './generated/dynamic';
import { ask } from './http';
import type { Action } from './types';

interface Option {
	value: string | number;
	label: string;
}

interface Parameter extends IDataObject {
	type: string;
	title?: string;
	enum?: string[];
	'x-labels'?: string[];
}

type Search = (
	this: ILoadOptionsFunctions,
	filter?: string,
	token?: string,
) => Promise<INodeListSearchResult>;
type Mapping = (this: ILoadOptionsFunctions) => Promise<ResourceMapperFields>;

function current(context: ILoadOptionsFunctions): Action {
	const { resource, operation } = context.getCurrentNodeParameters() as IDataObject;
	return actions[`${String(resource)}.${String(operation)}`];
}

/** What is filled in now, as far as lists can hang on it. */
function filledIn(context: ILoadOptionsFunctions, action: Action): IDataObject {
	const shown = (context.getCurrentNodeParameters() ?? {}) as IDataObject;
	const input: IDataObject = {};
	for (const [name, field] of Object.entries(action.fields)) {
		const given = field.added
			? (shown.additionalFields as IDataObject | undefined)?.[name]
			: shown[name];
		const value = given && typeof given === 'object' ? (given as IDataObject).value : given;
		if (
			['string', 'number', 'boolean'].includes(typeof value) &&
			value !== '' &&
			field.kind !== 'mapper'
		) {
			input[name] = field.numeric ? Number(value) : value;
		}
	}
	return input;
}

const searching = (field: string): Search =>
	async function (filter, token) {
		const action = current(this);
		const body: IDataObject = { field, input: filledIn(this, action) };
		if (filter) {
			body.search = filter;
		}
		if (token) {
			body.cursor = token;
		}
		const path = `/v1/actions/${action.id}/fields`;
		const answer = await ask<{ options: Option[]; next_cursor: string | null }>(
			this,
			'POST',
			path,
			{ body },
		);
		return {
			results: answer.options.map(({ value, label }) => ({ name: label, value })),
			paginationToken: answer.next_cursor ?? undefined,
		};
	};

const mapping = (field: string): Mapping =>
	async function () {
		const action = current(this);
		const path = `/v1/actions/${action.id}/fields`;
		const body = { field, input: filledIn(this, action) };
		const { schema } = await ask<{ schema?: { properties: Record<string, Parameter> } }>(
			this,
			'POST',
			path,
			{ body },
		);
		const parameters = Object.entries(schema?.properties ?? {});
		return { fields: parameters.map(([id, parameter]) => mapped(id, parameter)) };
	};

function mapped(id: string, parameter: Parameter): ResourceMapperField {
	const type: FieldType = parameter.enum
		? 'options'
		: parameter.type === 'number'
			? 'number'
			: 'string';
	return {
		id,
		displayName: parameter.title ?? id,
		required: false,
		defaultMatch: false,
		display: true,
		type,
		options: parameter.enum?.map((value, at) => ({
			name: parameter['x-labels']?.[at] ?? value,
			value,
		})),
		defaultValue: (parameter.default ?? null) as string | number | null,
	};
}

/** The searches and mappings that the properties name: search_<field> and fields_<field>. */
export const listSearch: Record<string, Search> = Object.fromEntries(
	locators.map((name) => [`search_${name}`, searching(name)]),
);
export const resourceMapping: Record<string, Mapping> = Object.fromEntries(
	mappers.map((name) => [`fields_${name}`, mapping(name)]),
);
