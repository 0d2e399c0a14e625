// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "authority/status/crl_publisher.h"
#include "authority/status/ocsp_responder.h"
#include "http/server.h"

namespace countersign::authority {

// add_status_routes serves what relying parties ask for without authentication, over plain HTTP (RFC 5280 §8
// allows it: everything is signed): POST /ocsp, GET /ocsp/{base64}, /root.cer, and for each CA key its
// certificate and its revocation list, at the paths given. What is given outlives the server.
struct ServedCa {
  x509::Certificate certificate;
  std::vector<std::string> certificate_paths;  // "/ca.cer"
  std::vector<std::string> crl_paths;          // "/crl.crl": every one that certificates may name
};
void add_status_routes(http::Router& router, const OcspResponder& responder, const CrlPublisher& publisher,
                       const std::vector<ServedCa>& cas, const x509::Certificate& root);

}  // namespace countersign::authority
