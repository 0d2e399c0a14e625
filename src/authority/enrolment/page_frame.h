// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace countersign::authority {

// page_frame sets `body`, HTML already, into a page of plain HTML without script, with the stylesheet at
// kStylesheetPath. The title is text and is also the heading.
std::string page_frame(std::string_view locale, std::string_view title, std::string_view body);

inline constexpr std::string_view kStylesheetPath = "/authority.css";
// page_stylesheet is web/authority/pages.css, compiled in.
std::string_view page_stylesheet();

// is_korean: pages and letters are in Korean for "ko" and in English for all others.
bool is_korean(std::string_view locale);

}  // namespace countersign::authority
