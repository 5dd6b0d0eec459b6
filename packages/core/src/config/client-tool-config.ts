import * as z from 'zod';

/** A tool whose calls the application answers: it says nothing more. */
export const ClientToolSchema = z.strictObject({});
