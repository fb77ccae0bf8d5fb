# SPDX-License-Identifier: MIT
"""What several threads did, in an order that is always the same."""


def in_order(items):
    """What threads did between two acts of the server, they did at the same
    time: told up to what the first did on its wire, then the second, and so
    on. What the others were at is shown beside it."""
    found, part, latest, moments = [], [], {}, {}
    for item in items:
        thread = item.get("thread", 0)
        if thread:
            part.append((moments.get(thread, 0), thread, item))
            moments[thread] = moments.get(thread, 0) + ("key" in item)
        else:
            found += [each for *_, each in
                      sorted(part, key=lambda each: each[:2])]
            found.append(item)
            part, moments = [], {}
    last = {item.get("thread"): at for at, item in enumerate(found)}
    for at, item in enumerate(found):
        thread = item.get("thread")
        mine = [dict(each, thread=thread) for each in item["places"]]
        if thread:
            latest[thread] = [dict(each, asleep=True) for each in mine]
        others = [each for number, places in sorted(latest.items())
                  if number != thread and last[number] > at
                  for each in places]
        item["places"] = ([] if not thread else mine) + others
    return found
