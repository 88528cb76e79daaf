"""BeatWords: what one beat of a chapter says, apart from how it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BeatWords:
    """The line at the top, the caption under the film, and, where there is one, the sentence beside a plot.

    A chapter's words stand in its module `words`. Numbers have names there, in braces and with their format;
    `filled` puts them in, so that a chapter in another language is one more such module.

    Examples
    --------
    >>> words = BeatWords("{count} waves", "A picture of {count} waves, {share:.0%} of them coarse.")
    >>> words.filled(count=12, share=0.25).caption
    'A picture of 12 waves, 25% of them coarse.'
    """

    headline: str
    caption: str
    sentence: str = ""

    def filled(self, **numbers: object) -> BeatWords:
        """The same words with these numbers, or names, in their places."""
        texts = (self.headline, self.caption, self.sentence)
        return BeatWords(*(text.format(**numbers) for text in texts))
