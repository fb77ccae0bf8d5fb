# SPDX-License-Identifier: MIT
"""What is flat, and what is not, by numbers as they are recorded."""

import random
import unittest

import plot
import verdict

REST = {"descriptors": 6, "threads": 1, "busy": 0.0}


def samples(memory, seconds=180):
    """One each second, of KiB as a function of the second."""
    return [{"time": 1000.0 + t, "pss": memory(t), "heap": memory(t) / 2,
             "descriptors": 6, "threads": 1, "cpu": t / 10}
            for t in range(seconds)]


class Verdict(unittest.TestCase):
    def judge(self, memory, **after):
        return verdict.judge(samples(memory), REST, dict(REST, **after))

    def flat(self, memory):
        self.assertEqual(self.judge(memory), [])

    def test_what_stays_is_flat(self):
        self.flat(lambda t: 4000)

    def test_what_grows_only_in_the_first_half_is_flat(self):
        self.flat(lambda t: min(4000 + 100 * t, 9000))

    def test_noise_is_flat(self):
        rng = random.Random(1)
        self.flat(lambda t: 4000 + rng.uniform(0, 2000))

    def test_peaks_that_go_are_flat(self):
        self.flat(lambda t: 90000 if t % 9 == 0 or t > 170 else 4000)

    def test_what_shrinks_is_flat(self):
        self.flat(lambda t: 90000 - 100 * t)

    def test_a_leak_is_told(self):
        wrong = self.judge(lambda t: 4000 + 20 * t)
        self.assertEqual(len(wrong), 1)
        self.assertIn("memory grew by 1780 KiB", wrong[0])

    def test_a_leak_below_noise_and_peaks_is_told(self):
        rng = random.Random(2)
        self.assertTrue(self.judge(
            lambda t: 4000 + 20 * t + rng.uniform(0, 1000) +
            (50000 if t % 10 == 0 else 0)))

    def test_half_an_hour_tells_of_two_kilobytes_a_second(self):
        leak = samples(lambda t: 4000 + 2 * t, 1800)
        self.assertTrue(verdict.judge(leak, REST, REST))

    def test_descriptors_that_are_left_are_told(self):
        self.assertEqual(self.judge(lambda t: 4000, descriptors=7),
                         ["7 descriptors are left, of 6 before"])

    def test_threads_that_are_left_are_told(self):
        self.assertEqual(self.judge(lambda t: 4000, threads=3),
                         ["3 threads are left, of 1 before"])

    def test_a_loop_that_does_not_rest_is_told(self):
        self.assertIn("busy for 100%", self.judge(lambda t: 4000, busy=1)[0])

    def test_few_samples_are_drawn_and_judged(self):
        for seconds in 0, 1, 2, 3:
            few = samples(lambda t: 4000, seconds)
            self.assertEqual(verdict.judge(few, REST, REST), [])
            plot.draw("few", [{"name": "a & b", "samples": few, "wrong": [],
                               "visits": "none"}])


if __name__ == "__main__":
    unittest.main()
