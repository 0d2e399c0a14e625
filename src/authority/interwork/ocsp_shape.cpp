// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/ocsp_shape.h"

#include "x509/der.h"
#include "x509/ocsp_form.h"

namespace countersign::authority {
namespace {

namespace der = x509::der;

Result<void> expect_basic_response(BytesView bytes) {
  TRY(der::Reader basic, der::read_only(bytes, der::Tag::kSequence));
  TRY(basic.element(der::Tag::kSequence));  // ResponseData
  TRY(basic.element(der::Tag::kSequence));  // signature algorithm
  TRY(basic.bit_string());
  if (basic.at_end()) return ok();
  TRY(basic.element(der::context_constructed(0)));  // certificates
  return basic.finish();
}

}  // namespace

Result<void> expect_ocsp_response(BytesView bytes) {
  if (bytes.size() > kLargestOcspResponse) return fail(ErrorCode::kTooLarge, "ocsp: response over 8 KiB");
  TRY(der::Reader response, der::read_only(bytes, der::Tag::kSequence));
  TRY(const std::int64_t status, response.small_integer(der::Tag::kEnumerated));
  if (status != 0) return response.finish();
  TRY(der::Reader tagged, response.enter(der::context_constructed(0)));
  TRY(response.finish());
  TRY(der::Reader typed, tagged.enter(der::Tag::kSequence));
  TRY(tagged.finish());
  TRY(const der::Element type, typed.element(der::Tag::kOid));
  if (!equal(type.whole, x509::ocsp_form::kBasicResponseOid))
    return fail(ErrorCode::kUnsupported, "ocsp: response type");
  TRY(const BytesView basic, typed.contents(der::Tag::kOctetString));
  TRY(typed.finish());
  return expect_basic_response(basic);
}

}  // namespace countersign::authority
