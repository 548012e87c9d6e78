#!/usr/bin/env python3
"""The settings page is what the program prints: test_settings.py PROGRAM PAGE. Made anew by `wattstein options > PAGE`."""
import pathlib
import re
import subprocess
import sys
import unittest

PROGRAM = PAGE = None


def blocks(text):
    """Heading -> what stands below it, for every heading; a heading may occur under several studies."""
    parts = re.split(r"^(#+ .*)$", text, flags=re.M)
    found, study = {}, ""
    for heading, body in zip(parts[1::2], parts[2::2]):
        if heading.startswith("# "):
            study = heading
        found[study, heading] = body.strip()
    return found


class SettingsPage(unittest.TestCase):
    def test_page_and_program_agree(self):
        printed = blocks(subprocess.run([PROGRAM, "options"], stdout=subprocess.PIPE, text=True, check=True).stdout)
        page = blocks(PAGE.read_text())
        again = f"make it anew: {PROGRAM} options > {PAGE}"
        self.assertGreater(len(printed), 10)
        for heading, body in printed.items():
            self.assertIn(heading, page, again)
            self.assertEqual(body, page[heading], f"{heading}; {again}")
        # A program without LibTorch knows no surrogates.
        missing = {heading for _, heading in page.keys() - printed.keys()}
        self.assertLessEqual(missing, {heading for heading in missing if "surrogate" in heading}, again)


if __name__ == "__main__":
    PROGRAM, PAGE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
