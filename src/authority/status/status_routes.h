// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/status/crl_publisher.h"
#include "authority/status/ocsp_responder.h"
#include "http/server.h"

namespace countersign::authority {

// add_status_routes serves what relying parties ask for without authentication, over plain HTTP (RFC 5280 §8
// allows it: everything is signed): POST /ocsp, GET /ocsp/{base64}, /crl.crl, /ca.cer and /root.cer. What is
// given outlives the server.
void add_status_routes(http::Router& router, const OcspResponder& responder, const CrlPublisher& publisher,
                       const x509::Certificate& ca, const x509::Certificate& root);

}  // namespace countersign::authority
