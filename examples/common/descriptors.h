/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_COMMON_DESCRIPTORS_H
#define EXAMPLES_COMMON_DESCRIPTORS_H

/* For who has thousands of connections: as many descriptors as the system
   lets this process have, instead of the 1,024 that are usual. */
void example_allow_descriptors(void);

#endif
