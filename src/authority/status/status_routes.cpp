// SPDX-License-Identifier: Apache-2.0
#include "authority/status/status_routes.h"

#include "authority/status/http_caching.h"

namespace countersign::authority {

void add_status_routes(http::Router& router, const OcspResponder& responder, const CrlPublisher& publisher,
                       const x509::Certificate& ca, const x509::Certificate& root) {
  router.add_blocking("POST", "/ocsp",
                      [&responder](const http::Request& request) { return responder.post(request); });
  router.add_prefix("GET", "/ocsp/",
                    [&responder](const http::Request& request) { return responder.get(request); });
  router.add_blocking("GET", "/crl.crl", [&publisher](const http::Request& request) {
    Result<Crl> crl = publisher.current();
    if (!crl) return http::problem_response(crl.error());
    http::Response response = http::der_response(200, std::move(crl.value().der), "application/pkix-crl");
    allow_revalidated_caching(request, response, crl.value().this_update, crl.value().next_update);
    return response;
  });
  router.add_blocking("GET", "/ca.cer", [ca](const http::Request&) {
    return http::der_response(200, ca.der(), "application/pkix-cert");
  });
  router.add_blocking("GET", "/root.cer", [root](const http::Request&) {
    return http::der_response(200, root.der(), "application/pkix-cert");
  });
}

}  // namespace countersign::authority
