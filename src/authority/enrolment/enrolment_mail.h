// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "mail/mail.h"

namespace countersign::authority {

struct MailSender {
  std::string address, name;
};

// What the mail with the password says. The key file and its token never travel by mail.
struct PasswordLetter {
  std::string to, locale;
  std::string merchant;      // name and subject of the registering merchant
  std::string consent_text;  // the words that were agreed to; empty for the holder's own renewal
  std::string password;      // wiped by write_password_letter's caller
  std::string objection_url;
  Sha256Digest root_fingerprint;
  TimePoint expires;
};
mail::Message write_password_letter(const MailSender& from, const PasswordLetter& letter);

// What tells a holder that certificates were issued to the address.
struct IssuedLetter {
  std::string to, locale, merchant;
  std::vector<std::string> serials;
  std::string objection_url;
  std::string suspension_url;  // of the page for the suspension code
};
mail::Message write_issued_letter(const MailSender& from, const IssuedLetter& letter);

// The two letters of a change of address: each end confirms by its own link.
enum class AddressEnd { kOld, kNew };
struct AddressLetter {
  std::string to, locale;
  AddressEnd end = AddressEnd::kOld;
  std::string url;
};
mail::Message write_address_letter(const MailSender& from, const AddressLetter& letter);

}  // namespace countersign::authority
