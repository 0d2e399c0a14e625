// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/secret.h"

namespace countersign::mail {

// Message is one mail in text and HTML (empty: text only). `to` is one address (RFC 5321 Mailbox without
// quoting); names and subject may not contain control characters: format_message refuses them, so that no
// form field adds a header. Its contents are wiped with it, for they may hold a password.
struct Message {
  std::string from, from_name, to, subject, text, html;
  ~Message();
};
// normalize_mail_address lower-cases the domain (and only it); for finding, never for sending.
std::string normalize_mail_address(std::string_view address);

// format_message makes an RFC 5322 message: multipart/alternative, UTF-8, quoted-printable or base64 bodies,
// encoded headers (RFC 2047), Date and a Message-ID of `id` (letters, digits, hyphens). kMalformed for a
// wrong address or a control character in a header, kTooLarge beyond 200 bytes of name, 400 of subject, 256
// KiB of text and HTML.
Result<crypto::SecretBytes> format_message(const Message& message, std::string_view id, TimePoint date);

struct SmtpOptions {
  std::string host = "127.0.0.1";
  unsigned short port = 587;
  std::string user;
  std::filesystem::path password_file;  // empty: no authentication
  std::filesystem::path ca_file;        // STARTTLS is required; this anchor, or the system's when empty
  std::chrono::seconds timeout{20};
};

// Transport hands one message over. kUnavailable: try later (no connection, no STARTTLS, authentication
// refused, 4xx); kForbidden: never (5xx to sender, recipient or message). Error details hold no address.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<void> send(std::string_view from, std::string_view to,
                            const crypto::SecretBytes& message) = 0;
};
// Submission (RFC 6409) with STARTTLS required and, with a user, AUTH; by libcurl.
std::unique_ptr<Transport> make_smtp_transport(SmtpOptions options);

}  // namespace countersign::mail
