/** A TypeBox schema as a plain JSON Schema: nothing but what JSON can say. */
export const plain = (schema: object): object => JSON.parse(JSON.stringify(schema)) as object;
