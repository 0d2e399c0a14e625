// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "authority/enrolment/enrolment_mail.h"
#include "authority/enrolment/holder_store.h"
#include "authority/enrolment/letter_pages.h"
#include "authority/issuing/context.h"
#include "base/rate_limit.h"
#include "mail/outbox.h"

namespace countersign::authority {

// AddressChanges moves a holder's registration to another mail address. The holder's key asks for it; it
// takes effect when the link in the mail to the old address and the link in the mail to the new one were both
// followed and confirmed within three days. Thread-safe.
class AddressChanges {
 public:
  struct Parts {
    const AuthorityContext& context;
    mail::Outbox& outbox;
    HolderStore& holders;
    MailSender sender;
  };
  static Result<AddressChanges> open(Parts parts);

  // Within the caller's transaction; call outbox.wake() after the commit. A newer request of the holder ends
  // an older.
  Result<void> request(storage::Transaction& transaction, const Holder& holder,
                       std::string_view new_address) const;

  // The language of the page behind a link; kNotFound for an unknown id and a wrong code alike.
  Result<std::string> locale_of(std::string_view id, std::string_view code) const;
  // Confirms the end that the code belongs to. kExpired.
  Result<AddressProgress> confirm(std::string_view id, std::string_view code) const;

  // Forgets changes that nobody confirmed in time.
  Result<void> sweep() const;

 private:
  explicit AddressChanges(Parts parts) : parts_(std::move(parts)) {}
  std::string link(std::string_view id, std::string_view code) const;
  Parts parts_;
};

// end_address_changes forgets what a holder asked for. The letters about it are the holder's mails.
Result<void> end_address_changes(storage::Transaction& transaction, const Holder& holder);

}  // namespace countersign::authority
