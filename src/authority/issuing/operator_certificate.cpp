// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/operator_certificate.h"

#include "authority/issuing/issue_certificate.h"
#include "x509/pkcs10.h"

namespace countersign::authority {

Result<x509::Certificate> issue_operator_certificate(const AuthorityContext& context, std::string_view name,
                                                     BytesView pkcs10, std::string_view actor) {
  TRY(auto request, x509::verify_pkcs10(pkcs10));
  TRY(const auto group,
      context.keys.data_centre.child("OU", x509::profile_of(x509::Role::kOperator).subtree));
  TRY(auto subject, group.child("CN", name));
  std::optional<x509::Certificate> issued;
  TRY(context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto entries, context.directory.find_by_subject(transaction, subject));
    for (const auto& entry : entries) {
      if (entry.state != CertificateState::kRevoked && entry.certificate.not_after() > context.clock.now()) {
        return fail(ErrorCode::kConflict,
                    subject.text() + " holds certificate " + entry.certificate.serial().hex());
      }
    }
    TRY(issued, issue_into_directory(context, transaction,
                                     {.role = x509::Role::kOperator,
                                      .subject = std::move(subject),
                                      .key = std::move(request.key),
                                      .alternative_names = {},
                                      .key_origin = {},
                                      .registered_by = {},
                                      .entry = {CertificateState::kActive, "", ""},
                                      .actor = std::string(actor)}));
    return ok();
  }));
  return *issued;
}

}  // namespace countersign::authority
