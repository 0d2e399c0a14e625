// SPDX-License-Identifier: Apache-2.0
#include "bench/filling.h"

#include <algorithm>
#include <future>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "authority/confirmation/confirmation_store.h"
#include "authority/directory/directory.h"
#include "crypto/random.h"
#include "sample/take.h"

namespace countersign::bench {
namespace {

constexpr std::int64_t kInOneTransaction = 10'000;

// The holders with numbers from `first` up to `end`, issued by all cores.
std::vector<x509::Signer> issue_range(const Site& site, const std::string& names, std::int64_t first,
                                      std::int64_t end) {
  const auto cores = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  const std::int64_t each = (end - first + cores - 1) / cores;
  std::vector<std::future<std::vector<x509::Signer>>> workers;
  for (std::int64_t from = first; from < end; from += each) {
    workers.push_back(std::async(std::launch::async, [&site, &names, from, to = std::min(end, from + each)] {
      std::vector<x509::Signer> part;
      for (std::int64_t i = from; i < to; ++i) {
        part.push_back(issue(site.keys, x509::Role::kPurchaser, names + "-" + std::to_string(i)));
      }
      return part;
    }));
  }
  std::vector<x509::Signer> holders;
  for (auto& worker : workers) {
    for (x509::Signer& holder : worker.get()) holders.push_back(std::move(holder));
  }
  return holders;
}

void enter(storage::Database& database, const authority::Directory& directory,
           const std::vector<x509::Signer>& holders) {
  take(database.write([&](storage::Transaction& transaction) -> Result<void> {
    for (const x509::Signer& each : holders) {
      TRY(directory.add(transaction, each.certificate, {authority::CertificateState::kActive, {}, {}},
                        SystemClock().now()));
    }
    return ok();
  }));
}

}  // namespace

std::vector<x509::Signer> fill_directory(const Site& site, const Filling& filling) {
  if (filling.kept > filling.certificates) throw std::runtime_error("more keys to keep than certificates");
  const auto database = take(storage::open_sqlite(site.store(), authority::kStoreOptions));
  const auto directory = take(authority::Directory::open(*database, crypto::random_secret(32)));
  std::vector<x509::Signer> kept;
  std::int64_t number = 0;
  const auto is_kept = [&filling, &kept](std::int64_t i) {
    // kept / certificates ≤ (i + 1) / certificates · kept, in whole numbers.
    return static_cast<std::int64_t>(kept.size()) * filling.certificates < (i + 1) * filling.kept;
  };
  while (number < filling.certificates) {
    const std::int64_t end = std::min(filling.certificates, number + kInOneTransaction);
    std::vector<x509::Signer> holders = issue_range(site, filling.names, number, end);
    enter(*database, directory, holders);
    for (x509::Signer& holder : holders) {
      if (is_kept(number++)) kept.push_back(std::move(holder));
    }
    if (number % 100'000 == 0) std::cerr << number << " certificates\n";
  }
  return kept;
}

}  // namespace countersign::bench
