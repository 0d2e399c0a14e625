// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "http/message.h"

namespace countersign::http {

struct UpgradeAnswer {
  Response response;
  std::size_t size = 0;  // of it on the wire; what follows belongs to the new protocol
};

// read_upgrade_answer reads the response to an upgrade at the beginning of what has arrived (RFC 9112 §4);
// nullopt while it is not there as a whole. kMalformed; kTooLarge beyond 16 KiB of header or body.
Result<std::optional<UpgradeAnswer>> read_upgrade_answer(BytesView arrived);

}  // namespace countersign::http
