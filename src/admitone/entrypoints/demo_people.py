"""Who can sign in to the demo. The password is public: the demo is not for real sales, and says so."""

OWNER_EMAIL = "demo@admitone.example"
DOOR_EMAIL = "door@admitone.example"
DEMO_PASSWORD = "go-see-something"  # noqa: S105 - printed on purpose
