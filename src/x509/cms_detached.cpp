// SPDX-License-Identifier: Apache-2.0
#include "x509/cms_detached.h"

#include "x509/cms_form.h"
#include "x509/der.h"

namespace countersign::x509 {

// The form has been checked: what stands before and behind the content is taken over as it is.
Result<Bytes> detach_content(BytesView der) {
  TRY(const UnverifiedCms cms, UnverifiedCms::parse(der));
  TRY(der::Reader info, der::read_only(der, der::Tag::kSequence));
  TRY(info.any());
  TRY(der::Reader wrapped, info.enter(der::context_constructed(0)));
  TRY(der::Reader data, wrapped.enter(der::Tag::kSequence));
  TRY(const der::Element version, data.any());
  TRY(const der::Element digests, data.any());
  TRY(der::Reader content, data.enter(der::Tag::kSequence));
  TRY(const der::Element type, content.any());
  TRY(const der::Element certificates, data.any());
  TRY(const der::Element signers, data.any());
  const Bytes signed_data = der::sequence(
      {version.whole, digests.whole, der::sequence({type.whole}), certificates.whole, signers.whole});
  return der::sequence({cms_form::kSignedDataOid, der::wrap(der::context_constructed(0), signed_data)});
}

}  // namespace countersign::x509
