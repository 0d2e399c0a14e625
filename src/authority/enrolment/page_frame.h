// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace countersign::authority {

// page_frame sets `body`, HTML already, into a page of plain HTML without script. The title is text and is
// also the heading.
std::string page_frame(std::string_view locale, std::string_view title, std::string_view body);

// is_korean: pages and letters are in Korean for "ko" and in English for all others.
bool is_korean(std::string_view locale);

}  // namespace countersign::authority
