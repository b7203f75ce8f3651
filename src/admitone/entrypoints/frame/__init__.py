"""What surrounds every request: who it really comes from, what it may weigh, what headers go back.

Pure ASGI throughout, because each of these sees every request and a class that buffers responses would slow
them all.
"""
