-- The consumer that pushes looks for the subscriptions of the inboxes with new entries.
create index push_subscription_inbox on push_subscription (('inbox:' || cast(person as text)));
