// SPDX-License-Identifier: Apache-2.0
#include "merchant/card_companies.h"

#include <algorithm>
#include <set>

#include "base/clock_tolerance.h"
#include "base/log.h"
#include "documents/order.h"
#include "merchant/retry_delay.h"
#include "merchant/split_store.h"
#include "x509/status_check.h"

namespace countersign::merchant {
namespace {

constexpr RetryDelays kBetweenTries{Seconds(3), Seconds(60)};
constexpr std::chrono::milliseconds kLongestWait{500};
constexpr int kMostUnsettled = 1000;

// When the status of one certificate ends, which must be the company's, in this role, and good.
Result<TimePoint> check_certificate(const x509::Certificate& certificate, BytesView status, x509::Role role,
                                    const x509::Name& subject, const x509::TrustAnchor& anchor,
                                    TimePoint now) {
  TRY(x509::verify_path(certificate, anchor, role, now));
  if (certificate.subject() != subject) return fail(ErrorCode::kForbidden, "of another company");
  TRY(const auto answer, x509::verify_ocsp_response(status, certificate, anchor, {}, now, kClockTolerance));
  TRY(x509::require_good(answer.status, "status"));
  if (answer.next_update <= now) return fail(ErrorCode::kExpired, "status: its time is over");
  return answer.next_update;
}

template <typename T>
Result<T> of(std::string_view which, Result<T> result) {
  if (!result) return fail(result.error(), which);
  return result;
}

}  // namespace

Result<CheckedCompany> check_company(const documents::CompanyCertificates& certificates,
                                     const x509::Name& subject, const x509::TrustAnchor& anchor,
                                     TimePoint now) {
  TRY(const auto signing, x509::Certificate::from_der(certificates.certificate));
  TRY(const auto agreement, x509::Certificate::from_der(certificates.agreement_certificate));
  TRY(const auto signing_end,
      of("company's certificate", check_certificate(signing, certificates.certificate_status,
                                                    x509::Role::kCardCompany, subject, anchor, now)));
  TRY(const auto agreement_end,
      of("company's agreement certificate",
         check_certificate(agreement, certificates.agreement_status, x509::Role::kCardCompanyAgreement,
                           subject, anchor, now)));
  return CheckedCompany{certificates, documents::reference_to(agreement),
                        std::min(signing_end, agreement_end)};
}

CardCompanies::CardCompanies(GatewayContext context, const std::vector<CardCompany>& companies)
    : context_(context) {
  entries_.reserve(companies.size());
  for (const CardCompany& company : companies) entries_.emplace_back(company);
}

Result<std::size_t> CardCompanies::find(const x509::Name& subject) const {
  for (std::size_t index = 0; index < entries_.size(); ++index)
    if (entries_[index].company.subject == subject) return index;
  return fail(ErrorCode::kUnsupported, "card company: not one that this merchant works with");
}

std::optional<CheckedCompany> CardCompanies::good_one(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  const auto& checked = entries_[index].checked;
  if (!checked || checked->good_until <= context_.clock.now()) return std::nullopt;
  return checked;
}

bool CardCompanies::is_due(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return entries_[index].refresh_at <= context_.clock.now();
}

void CardCompanies::refresh_if_due(std::size_t index) {
  const std::lock_guard fetching(*entries_[index].fetching);
  if (is_due(index)) fetch(index);
}

// For those whom a purchaser waits for: nobody queues behind a company that hangs. Whether it was asked.
bool CardCompanies::fetch_unless_busy(std::size_t index, std::chrono::milliseconds wait) {
  const std::unique_lock fetching(*entries_[index].fetching, wait);
  if (!fetching.owns_lock() || !is_due(index)) return false;
  fetch(index);
  return true;
}

// The company may take its time: what is due next is counted from the end.
void CardCompanies::fetch(std::size_t index) {
  const CardCompany& company = entries_[index].company;
  const auto fetched = company.access.certificates();
  const TimePoint now = context_.clock.now();
  const auto checked = fetched ? context_.network.trust->note(check_company(fetched.value(), company.subject,
                                                                            *context_.network.anchor(), now))
                               : Result<CheckedCompany>(fail(fetched.error()));
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[index];
  if (checked) {
    entry.checked = checked.value();
    entry.refresh_at = now + (checked.value().good_until - now) / 2;
    entry.failures = 0;
    log_event(LogLevel::kInfo, "company_certificates_taken",
              {{"company", company.subject.text()}, {"until", format_time(checked.value().good_until)}});
    return;
  }
  entry.refresh_at = now + delay_after(entry.failures++, kBetweenTries);
  log_error("company_certificates", checked.error(), {{"company", company.subject.text()}});
  // What the company itself shows to be no longer good is not used on.
  if (fetched) entry.checked.reset();
}

void CardCompanies::refresh() {
  for (std::size_t index = 0; index < entries_.size(); ++index) refresh_if_due(index);
}

std::vector<x509::Name> CardCompanies::good_ones() const {
  std::vector<x509::Name> names;
  for (std::size_t index = 0; index < entries_.size(); ++index)
    if (good_one(index)) names.push_back(entries_[index].company.subject);
  return names;
}

std::vector<x509::Name> CardCompanies::at_hand() {
  auto names = good_ones();
  if (!names.empty()) return names;
  std::optional<std::size_t> busy;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    if (!is_due(index)) continue;
    if (fetch_unless_busy(index, {})) return good_ones();
    busy = index;
  }
  if (busy) fetch_unless_busy(*busy, kLongestWait);
  return good_ones();
}

Result<CheckedCompany> CardCompanies::certificates_of(const x509::Name& subject) {
  TRY(const auto index, find(subject));
  if (!good_one(index)) fetch_unless_busy(index, kLongestWait);
  if (auto checked = good_one(index)) return std::move(*checked);
  return fail(ErrorCode::kUnavailable, "card company: no good certificates of it at hand");
}

Result<CardCompanyAccess*> CardCompanies::access_to(const x509::Name& subject) const {
  TRY(const auto index, find(subject));
  return &entries_[index].company.access;
}

Result<std::vector<std::string>> companies_missing_in(storage::Database& database,
                                                      const CardCompanies& known) {
  std::vector<StoredOrder> unsettled;
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(unsettled, unsettled_split_orders(reader, kMostUnsettled));
    return ok();
  }));
  std::set<std::string> missing;
  for (const auto& stored : unsettled) {
    TRY(const auto order, documents::parse_order(stored.document));
    if (order.card_company && !known.access_to(order.card_company->subject))
      missing.insert(order.card_company->subject.text());
  }
  return std::vector(missing.begin(), missing.end());
}

}  // namespace countersign::merchant
