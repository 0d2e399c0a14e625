// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http/message.h"
#include "http/target.h"
#include "merchant/consent_text.h"

namespace countersign::merchant {

// read_form reads an application/x-www-form-urlencoded body of at most 16 KiB. kUnsupported for another
// content type, kMalformed for a field that stands twice or bad encoding, kTooLarge.
Result<http::Fields> read_form(const http::Request& request);
std::string field(const http::Fields& fields, std::string_view name);  // empty when absent

// cookie returns the value of the first cookie of that name, or empty (RFC 6265 §4.2).
std::string cookie(const http::Request& request, std::string_view name);

// require_same_origin refuses a form that a browser says comes from another site's page (kForbidden).
// Browsers that say nothing pass: the form's token decides.
Result<void> require_same_origin(const http::Request& request);

// language_of answers ?lang=, then Accept-Language (RFC 9110 §12.5.4, first match), then English.
Language language_of(const http::Request& request);

}  // namespace countersign::merchant
