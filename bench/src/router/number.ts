/** Stands in a request where a number belongs that no request had before. */
export const NUMBER = '0000000';
