// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"

namespace countersign::authority {

// As much as a confirmation takes in (documents::ConfirmedParty::ocsp).
inline constexpr std::size_t kLargestOcspResponse = 8 << 10;

// expect_ocsp_response checks that the bytes are one OCSPResponse of RFC 6960 §4.2.1 in DER, of at most
// 8 KiB: an unsigned error status by itself, or a BasicOCSPResponse. What is in it, and who signed it, is
// for who asked to judge: a relay can vouch for neither. kMalformed, kTooLarge, kUnsupported.
Result<void> expect_ocsp_response(BytesView der);

}  // namespace countersign::authority
