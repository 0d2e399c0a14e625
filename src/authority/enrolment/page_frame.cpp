// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/page_frame.h"

#include "base/html.h"

namespace countersign::authority {

std::string page_frame(std::string_view locale, std::string_view title, std::string_view body) {
  const auto heading = html_escape(title);
  return "<!DOCTYPE html>\n<html lang=\"" + html_escape(locale) +
         "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" +
         heading + "</title><link rel=\"stylesheet\" href=\"" + std::string(kStylesheetPath) +
         "\"></head><body><main><h1>" + heading + "</h1>" + std::string(body) + "</main></body></html>\n";
}

bool is_korean(std::string_view locale) {
  return locale == "ko";
}

}  // namespace countersign::authority
