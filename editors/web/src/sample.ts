/** What stands on the page at first. */
export const SAMPLE = `News from the town library 📚

The town library will stay open until nine o'clock this winter. The reading room can be [?] for small meetings, and the [?] floor is kept for the children. We would like to thank [?whom: 1-3 words] for the many books that were given to us last year.

Select a sentence and choose Rewrite to say it in another way. Put the cursor on a word and choose Other words to see what would fit there.
`;
