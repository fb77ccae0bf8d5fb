#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is changed, and what is left alone. (python3 tests/mutation/...)"""

import unittest

from mutants import mutants_of


def changes(body, head="static int f(int a, char *b)"):
    """The lines that become of BODY, a function's only line."""
    text = f"{head}\n{{\n\t{body}\n}}\n"
    return {m.after for m in mutants_of("x.c", text)}


class Mutants(unittest.TestCase):
    def test_an_operator_becomes_its_neighbours(self):
        self.assertEqual(changes("x = a < b;"), {"x = a <= b;", "x = a >= b;"})
        self.assertEqual(changes("x = a && !b;"),
                         {"x = a || !b;", "x = a && b;"})
        self.assertEqual(changes("a++;"), {"a--;"})

    def test_what_takes_one_operand_stays(self):
        self.assertEqual(changes("x = -a;"), set())
        self.assertEqual(changes("x = &a;"), set())
        self.assertEqual(changes("struct y *x = *a;"), set())

    def test_a_number_is_one_more_and_none(self):
        self.assertEqual(changes("x = 16;"), {"x = 17;", "x = 0;"})
        self.assertEqual(changes("x = 0;"), {"x = 1;"})
        self.assertEqual(changes("x = 0x1fu;"), {"x = 0x20u;", "x = 0u;"})
        self.assertEqual(changes("x = 1.5;"), {"x = (1.5 + 1);", "x = 0.0;"})
        self.assertEqual(changes("x = 'a';"), {"x = ('a' + 1);"})

    def test_a_condition_holds_always_and_never(self):
        self.assertEqual(changes("if (a) ;"), {"if ((a) && false) ;"})
        self.assertEqual(
            changes("if (a) { }"),
            {"if ((a) && false) { }", "if ((a) || true) { }"})
        self.assertEqual(changes("while (a) { }"),
                         {"while ((a) && false) { }"})

    def test_a_call_goes_if_it_is_all_of_a_statement(self):
        self.assertEqual(changes("g(a);"), {"(void)0;"})
        self.assertEqual(changes("a->g[b].h(a);"), {"(void)0;"})
        self.assertEqual(changes("x = g(a);"), set())
        self.assertEqual(changes("if (a) g(a);"), {
            "if ((a) && false) g(a);", "if ((a) || true) g(a);",
            "if (a) (void)0;"})

    def test_what_is_returned_is_of_the_function_s_type(self):
        self.assertEqual(changes("return a;"), {"return 0;"})
        self.assertEqual(changes("return 0;"), {"return 1;", "return -1;"})
        self.assertEqual(changes("return b;", "char *f(void)"),
                         {"return NULL;"})
        self.assertEqual(changes("return b;", "bool f(void)"),
                         {"return true;", "return false;"})
        self.assertEqual(changes("return b;", "struct x f(void)"), set())

    def test_a_change_over_two_lines_keeps_the_number_of_lines(self):
        text = "void f(void)\n{\n\tg(a,\n\t  b);\n}\n"
        mutant, = mutants_of("x.c", text)
        changed = text[:mutant.start] + mutant.by + text[mutant.end:]
        self.assertEqual(changed, "void f(void)\n{\n\t(void)0\n;\n}\n")

    def test_comments_directives_and_hints_are_left_alone(self):
        self.assertEqual(changes("/* 1 < 2 */ // a + b"), set())
        self.assertEqual(mutants_of("x.c", "#if 1 < \\\n2\n#endif\n"), [])
        self.assertEqual(changes('x = "1 + 2";'), set())
        self.assertEqual(changes("static_assert(sizeof(a) == 1, \"\");"), set())

    def test_a_mutant_is_known_wherever_its_function_stands(self):
        text = "void f(void)\n{\n\tx = a + b;\n\tx = a + b;\n}\n"
        first = [m.id for m in mutants_of("x.c", text)]
        self.assertEqual(first, [m.id for m in mutants_of("x.c", "\n" + text)])
        self.assertEqual(len(set(first)), 2)


if __name__ == "__main__":
    unittest.main()
