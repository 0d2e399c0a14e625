// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/party_certificate.h"

#include "authority/issuing/issue_certificate.h"
#include "x509/pkcs10.h"

namespace countersign::authority {
namespace {

Result<x509::AlternativeNames> names_for(const x509::Profile& profile, x509::AlternativeNames asked) {
  if (!profile.may_name_hosts) return x509::AlternativeNames{};
  if (!asked.origins.empty()) {
    return fail(ErrorCode::kNameNotPermitted, "request: origins are for merchants, whose control is checked");
  }
  return asked;
}

Result<void> require_free(const AuthorityContext& context, storage::Transaction& transaction,
                          const x509::Name& subject) {
  TRY(const auto entries, context.directory.find_by_subject(transaction, subject));
  for (const auto& entry : entries) {
    if (entry.state != CertificateState::kRevoked && entry.certificate.not_after() > context.clock.now()) {
      return fail(ErrorCode::kConflict,
                  subject.text() + " holds certificate " + entry.certificate.serial().hex());
    }
  }
  return ok();
}

}  // namespace

Result<x509::Certificate> certify_party(const AuthorityContext& context, x509::Role role,
                                        std::string_view name, BytesView pkcs10, std::string_view actor) {
  const x509::Profile& profile = x509::profile_of(role);
  TRY(auto request, x509::verify_pkcs10(pkcs10));
  TRY(auto names, names_for(profile, std::move(request.alternative_names)));
  TRY(const auto group, context.keys.data_centre.child("OU", profile.subtree));
  TRY(auto subject, group.child("CN", name));
  std::optional<x509::Certificate> issued;
  TRY(context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(require_free(context, transaction, subject));
    TRY(issued, issue_into_directory(context, transaction,
                                     {.role = role,
                                      .subject = std::move(subject),
                                      .key = std::move(request.key),
                                      .alternative_names = std::move(names),
                                      .key_origin = {},
                                      .registered_by = {},
                                      .entry = {CertificateState::kActive, "", ""},
                                      .actor = std::string(actor)}));
    return ok();
  }));
  return *issued;
}

}  // namespace countersign::authority
