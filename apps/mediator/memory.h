// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mediator/locked_heap.h"

namespace countersign::app {

// The heap from which everything in this program comes that C++ allocates.
mediator::LockedHeap& heap();

}  // namespace countersign::app
