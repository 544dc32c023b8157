/** What stands on the page at first. */
export const SAMPLE = `A letter 😀

Dear [?name: 1-2 words],

thank you for [?what: 3-8 words]. The committee [?] the proposal after a long debate, and we hope that work can begin soon.

Select a sentence and choose Rewrite to say it in another way. Put the cursor on a word and choose Other words to see what would fit there.
`;
