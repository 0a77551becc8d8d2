/** The parts of an OpenAPI 3.1 document that the reference shows. */

export interface Schema {
    $ref?: string;
    type?: string;
    format?: string;
    description?: string;
    enum?: unknown[];
    const?: unknown;
    default?: unknown;
    items?: Schema;
    properties?: Record<string, Schema>;
    required?: string[];
    anyOf?: Schema[];
    allOf?: Schema[];
    oneOf?: Schema[];
    additionalProperties?: Schema | boolean;
}

interface Content {
    content?: Record<string, { schema?: Schema }>;
}

export interface Operation {
    tags?: string[];
    summary?: string;
    description?: string;
    parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
    requestBody?: Content;
    responses: Record<string, Content & { description?: string }>;
    security?: Record<string, unknown>[];
}

export interface Document {
    info: { title: string; description?: string };
    tags?: { name: string; description?: string }[];
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
}

export interface Field {
    name: string;
    type: string;
    required: boolean;
    about: string;
}

/** The schema that a reference names. */
export function resolve(document: Document, schema: Schema | undefined): Schema {
    if (!schema) return {};
    if (schema.$ref) return resolve(document, document.components.schemas[schema.$ref.split('/').pop() ?? '']);
    if (schema.allOf) {
        const parts = schema.allOf.map((part) => resolve(document, part));
        return {
            type: 'object',
            properties: Object.assign({}, ...parts.map((part) => part.properties)) as Record<string, Schema>,
            required: parts.flatMap((part) => part.required ?? []),
        };
    }
    return schema;
}

/** A schema's kind in a few words. */
export function kind(schema: Schema | undefined): string {
    if (!schema) return 'anything';
    if (schema.$ref) return schema.$ref.split('/').pop() ?? 'object';
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return either.map(kind).join(' or ');
    if (schema.type === 'array') return `list of ${kind(schema.items)}`;
    return schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? 'anything');
}

/** The fields of an object. */
export function fields(document: Document, schema: Schema | undefined): Field[] {
    const { properties = {}, required = [] } = resolve(document, schema);
    return Object.entries(properties).map(([name, field]) => ({
        name,
        type: kind(field),
        required: required.includes(name),
        about: [field.description, field.default === undefined ? '' : `Default ${JSON.stringify(field.default)}.`].filter(Boolean).join(' '),
    }));
}
