// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/target.h"

// What pages with forms need of a request.
namespace countersign::http {

// read_form reads an application/x-www-form-urlencoded body of at most 16 KiB. kUnsupported for another
// content type, kMalformed for a field that stands twice or bad encoding, kTooLarge.
Result<Fields> read_form(const Request& request);
std::string field(const Fields& fields, std::string_view name);  // empty when absent

// cookie returns the value of the first cookie of that name, or empty (RFC 6265 §4.2).
std::string cookie(const Request& request, std::string_view name);

// require_same_origin refuses a form that a browser says comes from another site's page (kForbidden).
// Browsers that say nothing pass: the form's token decides.
Result<void> require_same_origin(const Request& request);

// preferred_language answers ?lang=, then Accept-Language (RFC 9110 §12.5.4, first match), then the first of
// the languages that there are.
std::string_view preferred_language(const Request& request, std::initializer_list<std::string_view> known);

}  // namespace countersign::http
