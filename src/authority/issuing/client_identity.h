// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/directory/directory.h"
#include "http/message.h"

namespace countersign::authority {

// require_active says whether a certificate was issued here and may be used now: kCertificateUnknown,
// kCertificateOnHold, kCertificateRevoked.
Result<void> require_active(const Directory& directory, storage::Reader& reader,
                            const x509::Certificate& certificate);

// authenticate_client returns the TLS client's certificate (its chain was verified in the handshake) when it
// has the role and is active in the directory: kUnauthenticated without one, kForbidden in another role, or
// as above.
Result<x509::Certificate> authenticate_client(const http::Request& request, const Directory& directory,
                                              storage::Database& database, x509::Role role);

// bearer_token returns the token of an `Authorization: Bearer` header (RFC 6750 §2.1): kUnauthenticated.
Result<std::string> bearer_token(const http::Request& request);

}  // namespace countersign::authority
