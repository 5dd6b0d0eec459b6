/** Rate of every Flite voice that is used. */
export const fliteSampleRateHz = 16_000;
