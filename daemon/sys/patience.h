/* SPDX-License-Identifier: MIT */
/*
 * patience.h - tells the scheduler that this process has no hurry.
 */
#pragma once

/*
 * From now on a wake-up takes no processor from who is running, and who wakes at the same time
 * comes first; the share of time stays what it is. Threads to come do the same. What the kernel
 * does not know of this, it does not do (the second needs Linux 6.12).
 */
void patience_have(void);
