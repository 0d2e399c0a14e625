// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "merchant/answer_check.h"

namespace countersign::merchant {

// How both APIs put results into responses.

// The authority's word as it was signed: a confirmation with 200, a refusal with the status of its code and
// the header `Countersign-Document: refusal`.
http::Response signed_answer(const StoredAnswer& answer);
// The token of `Authorization: Bearer …`; kUnauthenticated without one (RFC 6750 §2.1).
Result<std::string> bearer_token(const http::Request& request);
// kUnsupported when the body is said to be of another media type, or of none.
Result<void> require_media_type(const http::Request& request, std::string_view media_type);
// A number of the query within limits, or its default. kMalformed.
Result<int> limit_of(const http::Request& request, int fallback, int most);

}  // namespace countersign::merchant
