// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/application_form.h"

#include <algorithm>

#include "base/mail_address.h"
#include "documents/json.h"
#include "x509/origins.h"

namespace countersign::authority {

namespace {

constexpr std::size_t kMostOrigins = 20;
constexpr std::size_t kMostRequest = 8 << 10;

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

Result<std::optional<x509::Pkcs10>> read_request(documents::ObjectReader& reader) {
  TRY(const auto by_authority, reader.boolean("keyByAuthority"));
  TRY(const auto text, reader.text_or_null("pkcs10", kMostRequest * 2));
  if (by_authority != text.empty()) {
    return fail(ErrorCode::kMalformed, "merchant-application: either pkcs10 or keyByAuthority");
  }
  if (by_authority) return std::optional<x509::Pkcs10>{};
  TRY(const auto der, base64_decode(text));
  TRY(auto request, x509::verify_pkcs10(der));
  if (request.key.kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "pkcs10: key is not P-256");
  return std::optional<x509::Pkcs10>{std::move(request)};
}

}  // namespace

Result<ApplicationForm> parse_application(BytesView json) {
  TRY(auto reader, documents::ObjectReader::parse(json, "merchant-application"));
  TRY(reader.expect("merchant-application", 1));
  ApplicationForm form;
  TRY(form.name, reader.text("name", 64));
  TRY(form.request, read_request(reader));
  TRY(form.contact.email, reader.text("email", 254));
  TRY(form.contact.contact, reader.text("contact", 200));
  TRY(form.contact.telephone, reader.text("telephone", 40));
  TRY(form.origins, reader.texts("origins", kMostOrigins, 300));
  if (reader.has("challengePort")) {
    TRY(const auto port, reader.integer("challengePort", 1, 65535));
    form.challenge_port = static_cast<unsigned short>(port);
  }
  TRY(reader.finish());
  if (!is_mail_address(form.contact.email)) {
    return fail(ErrorCode::kMalformed, "merchant-application.email: not a mail address");
  }
  if (form.origins.empty()) return fail(ErrorCode::kMalformed, "merchant-application.origins: at least one");
  const auto in_order = sorted(form.origins);
  if (std::adjacent_find(in_order.begin(), in_order.end()) != in_order.end()) {
    return fail(ErrorCode::kMalformed, "merchant-application.origins: one is there twice");
  }
  const auto names = x509::names_of_origins(form.origins);
  if (!names) return fail(names.error(), "merchant-application.origins");
  return form;
}

Result<x509::Name> merchant_subject(const ApplicationForm& form, const x509::Name& data_centre) {
  TRY(const auto group, data_centre.child("OU", "merchants"));
  TRY(auto subject, group.child("CN", form.name));
  if (form.request && !(form.request->subject == subject)) {
    const std::vector<x509::NameAttribute> plain{{"CN", form.name}};
    if (form.request->subject.attributes() != plain) {
      return fail(ErrorCode::kNameNotPermitted,
                  "pkcs10: subject is neither " + subject.text() + " nor its CN alone");
    }
  }
  return subject;
}

Result<void> check_alternative_names(const x509::AlternativeNames& asked, const x509::AlternativeNames& due) {
  if (sorted(asked.origins) != sorted(due.origins)) {
    return fail(ErrorCode::kNameNotPermitted, "pkcs10: its origins are not those applied for");
  }
  if (sorted(asked.dns) != sorted(due.dns) || sorted(asked.ip) != sorted(due.ip)) {
    return fail(ErrorCode::kNameNotPermitted, "pkcs10: its hosts are not exactly those of its origins");
  }
  return ok();
}

}  // namespace countersign::authority
