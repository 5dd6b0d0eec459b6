import * as z from 'zod';
import type { JsonValue } from '../json.ts';

const TextRecordSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** How requests say who makes them. Nothing of it is filled from arguments, and its values are secrets. */
export const HttpAuthSchema = z
  .strictObject({
    bearer: z.string().min(1).optional().describe('A token for the authorization header.'),
    basic: z
      .strictObject({
        user: z.string().describe('The name of the user.'),
        password: z.string().describe('The password.'),
      })
      .optional()
      .describe('A user and a password for the authorization header.'),
    header: z
      .strictObject({
        name: z.string().min(1).describe('The name of the header, for example x-api-key.'),
        value: z.string().min(1).describe('The key.'),
      })
      .optional()
      .describe('A key in a header of its own.'),
    query: z
      .strictObject({
        name: z.string().min(1).describe('The name of the parameter.'),
        value: z.string().min(1).describe('The key.'),
      })
      .optional()
      .describe('A key in the query of the address.'),
  })
  .refine((auth) => Object.values(auth).filter((value) => value !== undefined).length === 1, {
    error: 'expected a mapping with one of bearer, basic, header and query',
  });

/** Hosts that requests may go to. */
export const AllowSchema = z.array(z.string().min(1));

export const RedirectsSchema = z.int().min(0).max(5);

/** The request that a tool without code makes. Strings may hold `{{parameter}}` slots. */
export const HttpRequestSchema = z.strictObject({
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    .default('GET')
    .describe('The method of the request.'),
  url: z
    .string()
    .min(1)
    .describe(
      'The address; {{parameter}} slots may stand in its path and query, URL-encoded when filled, and in its host when allow says which.',
    ),
  query: TextRecordSchema.default({}).describe('Parameters added to the address, URL-encoded.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Headers of the request.'),
  body: z
    .custom<JsonValue>()
    .optional()
    .describe('The body: a mapping or list is sent as JSON, a text as it stands.'),
  form: TextRecordSchema.optional().describe('Fields of a form that is sent as the body.'),
  auth: HttpAuthSchema.optional().describe('How the request says who makes it: its values are secrets.'),
  allow: AllowSchema.optional().describe(
    'The hosts that a filled address or a redirect may lead to: api.example.com, *.example.com, 10.1.0.0/16, each with an optional :port, or * for all public ones. Only what is written without * may be private.',
  ),
  redirects: RedirectsSchema.default(0).describe('How many redirects are followed, each checked; 0 to 5.'),
});

export type HttpAuth = z.infer<typeof HttpAuthSchema>;
export type HttpRequest = z.infer<typeof HttpRequestSchema>;
