// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "merchant/consent_text.h"

namespace countersign::merchant {

// Words is every text of the gateway's pages in one language; {} stands for the merchant's name or a time.
struct Words {
  std::string_view skip, other_language, other_language_code, other_language_label;
  std::string_view front_lead, front_shop, front_shop_hint, front_register, front_register_hint, front_renew,
      front_renew_hint;
  std::string_view front_how_title, front_how;
  std::string_view register_title, register_lead, register_button;
  std::string_view renew_title, renew_lead, renew_button;
  std::string_view email_label, email_hint, email_error;
  std::string_view consent_legend, consent_label, consent_version, consent_error;
  std::string_view errors_title, error_prefix;
  std::string_view form_stale, not_available, rate_limited, taken, not_ready, failed;
  std::string_view done_title, done_lead, step_scan, step_mail, step_password;
  std::string_view open_wallet, link_label, qr_label, link_expires, link_secret, lost;
  std::string_view footer;
};
const Words& words_in(Language language);

}  // namespace countersign::merchant
