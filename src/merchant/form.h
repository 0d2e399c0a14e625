// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/form.h"
#include "merchant/consent_text.h"

namespace countersign::merchant {

using http::cookie;
using http::field;
using http::read_form;
using http::require_same_origin;

// language_of is the preferred one of the languages that pages are written in, English before others.
Language language_of(const http::Request& request);

}  // namespace countersign::merchant
