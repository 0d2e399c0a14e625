// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/client_identity.h"

namespace countersign::authority {

Result<void> require_active(const Directory& directory, storage::Reader& reader,
                            const x509::Certificate& certificate) {
  const auto serial = certificate.serial().hex();
  TRY(const auto entry, directory.find_by_fingerprint(reader, certificate.fingerprint()));
  if (!entry) return fail(ErrorCode::kCertificateUnknown, "certificate " + serial + " was not issued here");
  switch (entry->state) {
    case CertificateState::kActive:
      return ok();
    case CertificateState::kOnHold:
      return fail(ErrorCode::kCertificateOnHold, "certificate " + serial + " is on hold");
    case CertificateState::kRevoked:
      return fail(ErrorCode::kCertificateRevoked, "certificate " + serial + " is revoked");
  }
  return fail(ErrorCode::kInternal, "unknown state");
}

Result<x509::Certificate> authenticate_client(const http::Request& request, const Directory& directory,
                                              storage::Database& database, x509::Role role) {
  if (!request.client_certificate) {
    return fail(ErrorCode::kUnauthenticated,
                "a client certificate of role " + std::string(x509::profile_of(role).name) + " is needed");
  }
  const auto& certificate = *request.client_certificate;
  if (certificate.role() != role) {
    return fail(ErrorCode::kForbidden, "only for the role " + std::string(x509::profile_of(role).name));
  }
  TRY(database.read([&](storage::Reader& reader) { return require_active(directory, reader, certificate); }));
  return certificate;
}

Result<std::string> bearer_token(const http::Request& request) {
  const auto header = request.header("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (!header.starts_with(kScheme) || header.size() == kScheme.size()) {
    return fail(ErrorCode::kUnauthenticated, "an Authorization header with a bearer token is needed");
  }
  return std::string(header.substr(kScheme.size()));
}

}  // namespace countersign::authority
