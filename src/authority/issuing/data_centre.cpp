// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/data_centre.h"

#include "authority/issuing/service_certificates.h"
#include "storage/passphrase.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

Result<std::vector<x509::Certificate>> create_data_centre(const x509::Issuer& root,
                                                          const DataCentrePlan& plan,
                                                          const LoadTokenKey& load_token_key, TimePoint now) {
  if (std::filesystem::exists(plan.certificates / "ca.pem")) {
    return fail(ErrorCode::kConflict, plan.certificates.string() + ": there is a data centre already");
  }
  if (!plan.limits.subtree.is_below(root.certificate.subject())) {
    return fail(ErrorCode::kNameNotPermitted, "the data centre's name is not below the network's");
  }
  std::error_code error;
  std::filesystem::create_directories(plan.certificates, error);
  if (error) return fail(ErrorCode::kUnavailable, plan.certificates.string() + ": " + error.message());

  TRY(const auto passphrase, storage::read_passphrase(plan.keys.passphrase_file));
  TRY(const auto ca_key, load_or_create_key(plan.keys.ca, passphrase, load_token_key));
  TRY(auto ca_certificate,
      x509::create_data_centre_ca(root, plan.limits, ca_key.public_key(), now - kBackdating));
  const x509::Issuer ca{std::move(ca_certificate), ca_key};

  for (const std::string& place : {plan.keys.log, plan.keys.witness}) {
    if (place.empty()) continue;
    TRY(load_or_create_key(place, passphrase, load_token_key, crypto::KeyKind::kEd25519));
  }
  TRY(write_service_certificate(plan, "root", root.certificate));
  std::vector<x509::Certificate> issued;
  for (const auto& kind : service_kinds()) {
    if (kind.may_be_missing && (plan.keys.*kind.place).empty()) continue;
    TRY(const auto key, load_or_create_key(plan.keys.*kind.place, passphrase, load_token_key));
    TRY(auto certificate, issue_service_certificate(ca, kind, key.public_key(), plan, now));
    TRY(write_service_certificate(plan, kind.name, certificate));
    issued.push_back(std::move(certificate));
  }
  TRY(write_service_certificate(plan, "ca", ca.certificate));
  return issued;
}

}  // namespace countersign::authority
