// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "evidence/verify.h"

namespace countersign::paper {

// receipt_address says which receipt is meant, by what is public or tells nothing: the log's origin, the
// number in it, and the SHA-256 of the order, whose nonce nobody can guess:
// "log=seoul-1.example/log&index=300&order=9f86…". Whoever asks for it must still prove a key that signed the
// order. kNotFound for a report that is not of a receipt, or without its order.
Result<std::string> receipt_address(const evidence::Report& report);

// receipt_link appends the address as the fragment of a URL, which browsers send to nobody. `page` is that of
// the page that verifies receipts: https, without a fragment, printable ASCII, at most 500 characters
// (kMalformed).
Result<std::string> receipt_link(std::string_view page, std::string_view address);

}  // namespace countersign::paper
