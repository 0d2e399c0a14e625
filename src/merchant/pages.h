// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "documents/consent.h"
#include "http/message.h"
#include "merchant/registration_desk.h"

namespace countersign::merchant {

// What every page says of itself.
struct PageFrame {
  Language language = Language::kEnglish;
  std::string merchant;  // name
  std::string path;      // "/register", for the link to the other language
};

// What the start page leads to first.
enum class FrontPage { kRegistration, kShop };

// The registration or renewal form, empty or with what was wrong with it. The consent is never ticked
// beforehand.
struct FormPage {
  PageFrame frame;
  documents::ConsentKind kind = documents::ConsentKind::kEnrolment;
  std::string consent_text;
  std::string form, token;  // hidden fields
  std::string email;        // as it was sent
  bool email_is_wrong = false;
  bool consent_is_missing = false;
  std::string_view trouble;  // anything else, in the page's language
};

// Pages without script: HTML with labels, headings, errors that name their field, and one stylesheet.
// Everything from outside is escaped.
std::string front_page(const PageFrame& frame, FrontPage leads_to = FrontPage::kRegistration);
std::string form_page(const FormPage& page);
// The link and its QR code. kTooLarge when the link fits into no QR code.
Result<std::string> done_page(const PageFrame& frame, const Registration& registration);

// page_response is html_response with the headers of all pages: no script, no frame, nothing from elsewhere.
http::Response page_response(int status, std::string_view html);

// The stylesheet, compiled in from web/shop/gateway.css.
std::string_view stylesheet();

}  // namespace countersign::merchant
