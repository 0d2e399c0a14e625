// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"

namespace countersign::merkle {

using Hash = Sha256Digest;

}  // namespace countersign::merkle
